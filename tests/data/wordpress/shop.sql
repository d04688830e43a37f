-- MariaDB dump 10.19  Distrib 10.11.14-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
/*M!999999\- enable the sandbox mode */
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;

DROP TABLE IF EXISTS `wp_options`;
CREATE TABLE `wp_options` (
  `option_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `option_name` varchar(191) NOT NULL DEFAULT '',
  `option_value` longtext NOT NULL,
  PRIMARY KEY (`option_id`),
  UNIQUE KEY `option_name` (`option_name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='settings; the site''s own';

LOCK TABLES `wp_options` WRITE;
/*!40000 ALTER TABLE `wp_options` DISABLE KEYS */;
INSERT INTO `wp_options` VALUES
(1,'siteurl','https://shop.example'),
(2,'trap','\'); INSERT INTO `wp_users` VALUES (99,\'trap\',\'x\',\'t\',\'t@t.example\',\'\',\'2020-01-01 00:00:00\',\'\',0,\'Trap\'); -- '),
(3,'doubled','it''s; two "signs"'),
(4,'packed',_binary '\0\Z\n\'ÿþ'),
(5,'hex',0xDEADBEEF27),
(6,'less',-1.5e-3);
/*!40000 ALTER TABLE `wp_options` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `wp_usermeta`
--

DROP TABLE IF EXISTS `wp_usermeta`;
CREATE TABLE `wp_usermeta` (
  `umeta_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `user_id` bigint(20) unsigned NOT NULL DEFAULT 0,
  `meta_key` varchar(255) DEFAULT NULL,
  `meta_value` longtext DEFAULT NULL,
  PRIMARY KEY (`umeta_id`),
  KEY `user_id` (`user_id`),
  KEY `meta_key` (`meta_key`(191))
) ENGINE=InnoDB AUTO_INCREMENT=24 DEFAULT CHARSET=utf8mb4;
LOCK TABLES `wp_usermeta` WRITE;
INSERT INTO `wp_usermeta` VALUES (1,1,'nickname','admin'),(2,1,'wp_capabilities','a:1:{s:13:\"administrator\";b:1;}'),(3,1,'wp_user_level','10'),(4,1,'session_tokens','a:1:{s:64:\"abababababababababababababababababababababababababababababababab\";a:4:{s:10:\"expiration\";i:1795132800;s:2:\"ip\";s:11:\"203.0.113.9\";s:2:\"ua\";s:26:\"Mozilla/5.0 (X11; \"Linux\")\";s:5:\"login\";i:1795000000;}}'),(5,1,'_application_passwords','a:2:{i:0;a:7:{s:4:\"uuid\";s:36:\"0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a01\";s:6:\"app_id\";s:36:\"3f0e5b52-8e5a-4f4e-9a0c-6a1d2f3b4c5d\";s:4:\"name\";s:4:\"Till\";s:8:\"password\";s:49:\"$generic$AChy43FlNQggvm5Eekf7QE9jTYiVL7Gj0xzh3ZR4\";s:7:\"created\";i:1745000000;s:9:\"last_used\";i:1763500000;s:7:\"last_ip\";s:11:\"203.0.113.9\";}i:1;a:7:{s:4:\"uuid\";s:36:\"0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a02\";s:6:\"app_id\";s:0:\"\";s:4:\"name\";s:9:\"Phone \"X\"\";s:8:\"password\";s:49:\"$generic$7ZfZ0OYcNKelnr_b053rKXWLhmAtQGwEOqbbAEeY\";s:7:\"created\";i:1746000000;s:9:\"last_used\";N;s:7:\"last_ip\";N;}}'),(6,1,'locale',''),(7,2,'wp_capabilities','a:1:{s:6:\"editor\";b:1;}'),(8,2,'locale','fr_CA'),(9,2,'description','binary \0\Z\n\r and \'quotes\''),(10,3,'wp_capabilities','a:1:{s:10:\"subscriber\";b:1;}'),(11,3,'_application_passwords','a:3:{i:0;a:7:{s:4:\"uuid\";s:36:\"0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a03\";s:6:\"app_id\";s:0:\"\";s:4:\"name\";s:8:\"Old till\";s:8:\"password\";s:34:\"$P$B28WlwHWdUVy8ZgEEWczx31nLXSorC.\";s:7:\"created\";i:1600000000;s:9:\"last_used\";i:1763400000;s:7:\"last_ip\";s:11:\"203.0.113.7\";}i:1;a:7:{s:4:\"uuid\";s:36:\"0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a04\";s:6:\"app_id\";s:0:\"\";s:4:\"name\";s:5:\"Older\";s:8:\"password\";s:34:\"$P$Bbnqjnazk8GfJvNXang3Q6rB5lKudm/\";s:7:\"created\";i:1590000000;s:9:\"last_used\";N;s:7:\"last_ip\";N;}i:2;a:7:{s:4:\"uuid\";s:36:\"0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a05\";s:6:\"app_id\";s:0:\"\";s:4:\"name\";s:7:\"Strange\";s:8:\"password\";s:12:\"$unknown$abc\";s:7:\"created\";i:1590000001;s:9:\"last_used\";N;s:7:\"last_ip\";N;}}'),(12,4,'wp_capabilities','a:2:{s:12:\"shop_manager\";b:1;s:18:\"manage_woocommerce\";b:1;}');
INSERT INTO `wp_usermeta` VALUES
(13,4,'_application_passwords','a:1:{i:0;a:7:{s:4:\"uuid\";s:36:\"0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a06\";s:6:\"app_id\";s:0:\"\";s:4:\"name\";s:5:\"Stock\";s:8:\"password\";s:34:\"$P$BPLuS7xMH2/mKHrO9v2GfM2tukWvOA0\";s:7:\"created\";i:1610000000;s:9:\"last_used\";N;s:7:\"last_ip\";N;}}'),
(14,5,'wp_capabilities','a:1:{s:8:\"customer\";b:1;}'),
(15,6,'wp_capabilities','a:3:{s:11:\"contributor\";b:1;s:6:\"author\";b:1;s:6:\"editor\";b:0;}'),
(16,7,'wp_capabilities','a:1:{s:13:\"wpseo_manager\";b:1;}'),
(17,8,'wp_capabilities','a:0:{}'),
(18,9,'wp_capabilities','O:8:\"stdClass\":1:{s:1:\"x\";b:1;}'),
(19,12,'wp_capabilities','a:1:{s:10:\"subscriber\";b:1;}'),
(20,13,'wp_capabilities','a:1:{s:10:\"subscriber\";b:1;}'),
(21,14,'wp_capabilities',NULL),
(22,15,'wp_capabilities','a:1:{s:99:\"editor\";b:1;}'),
(23,16,'wp_capabilities','a:1:{s:10:\"subscriber\";b:1;}');
UNLOCK TABLES;

CREATE TABLE `wp_users` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `user_login` varchar(60) NOT NULL DEFAULT '',
  `user_pass` varchar(255) NOT NULL DEFAULT '',
  `user_nicename` varchar(50) NOT NULL DEFAULT '',
  `user_email` varchar(100) NOT NULL DEFAULT '',
  `user_url` varchar(100) NOT NULL DEFAULT '',
  `user_registered` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `user_activation_key` varchar(255) NOT NULL DEFAULT '',
  `user_status` int(11) NOT NULL DEFAULT 0,
  `display_name` varchar(250) NOT NULL DEFAULT '',
  PRIMARY KEY (`ID`),
  KEY `user_login_key` (`user_login`)
) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4;
INSERT INTO `wp_users` VALUES
(1,'admin','$wp$2y$10$ZzuOLih9Mz2AmYiVzPPA1.1zSmHiKG.vkynX1ZQXpzRoliMIoIoJ2','admin','owner@shop.example','','2019-03-04 05:06:07','',0,'Ada \"Boss\" O\'Neil'),
(2,'ed','$wp$2y$10$HY3J6Y3y99OWEfI9BqEt7eMNFSOQmrIcED9fubikwV3wOqJLC8Uly','ed','ed@shop.example','','2019-03-04 05:06:07','',0,'Ã‰dith \\ CÃ´tÃ© ðŸ›’'),
(3,'Sub-One','$P$BYK2OrsVZd4aM2BUH3sKtQO86w/3Lh0','sub-one','sub@shop.example','','0000-00-00 00:00:00','',0,'Sub');
# as phpMyAdmin writes it
INSERT IGNORE INTO `shop`.`wp_users` (`ID`, `user_login`, `user_pass`, `user_nicename`, `user_email`, `user_url`, `user_registered`, `user_activation_key`, `user_status`, `display_name`) VALUES
(4,'manager','ca8a8f24d100b22e409b294ae0ff2ff8','manager','manager@shop.example','','2019-03-04 05:06:07','',0,'Max Manager'),
(5,'buyer','$2y$05$abcdefghijklmnopqrstuutXd2uvW5OM.56v.WUhRCxSEPkW63pTO','buyer','buyer@shop.example','','2019-03-04 05:06:07','',0,'Buyer; with -- signs /* and */ more'),
(6,'writer','$wp$2y$10$f8MGNLVhRJfbyO2/pwxirO7KdjSwR7/hXLLlv8z2aUaRcHxMkG/62','writer','writer@shop.example','','2019-03-04 05:06:07','',0,'Two roles'),
(7,'seo','$P$BQlSdi3gxHOnhLnSV4DNmoAzTtCnwR0','seo','seo@shop.example','','2019-03-04 05:06:07','',0,'A plugin\'s role')
;
insert into wp_users (display_name, user_login, user_pass, user_email, ID, user_registered, user_nicename, user_url, user_activation_key, user_status) values ('No role', 'nobody', '$wp$2y$10$f8MGNLVhRJfbyO2/pwxirO7KdjSwR7/hXLLlv8z2aUaRcHxMkG/62', 'nobody@shop.example', 8, '2020-02-03 04:05:06', 'nobody', NULL, '', 0);
REPLACE INTO `wp_users` VALUES
(9,'object','x','object','object@shop.example','','2020-01-01 00:00:00','',0,'Its role is an object'),
(10,'short','x'),
(11,'latin','x','latin','latin@shop.example','','2020-01-01 00:00:00','',0,'André'),
(12,'starred','*','starred','starred@shop.example','','2020-01-01 00:00:00','',0,'No usable password'),
(13,'','x','','','','2020-01-01 00:00:00','',0,'No login'),
(14,'unroled',NOW(),'u','u@shop.example','','2020-01-01 00:00:00','',0,'A function'),
(15,'liar','x','liar','liar@shop.example','','2020-01-01 00:00:00','',0,'A length that lies'),
(16,'ADMIN','x','admin2','other@shop.example','','2020-01-01 00:00:00','',0,'The same login in capitals');
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

-- Dump completed on 2026-11-20 10:11:12
